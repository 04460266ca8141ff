package trino

func (a *analyser) timeArithmetic(at int, op string, left, right *node) *node {
	a.cannotApply(at, op, left, right)
	return nil
}
