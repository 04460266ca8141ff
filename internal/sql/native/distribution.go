package native

import "math"

// distribution has functions of probability.
var distribution = []Function{
	{Name: "trino_normal_cdf", Params: []string{"DOUBLE", "DOUBLE", "DOUBLE"}, Result: "DOUBLE",
		Call: func(args []any) (any, error) {
			mean, deviation, x := args[0].(float64), args[1].(float64), args[2].(float64)
			if !(deviation > 0) {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "standardDeviation must be > 0")
			}
			return 0.5 * (1 + math.Erf((x-mean)/(deviation*math.Sqrt2))), nil
		}},
	{Name: "trino_inverse_normal_cdf", Params: []string{"DOUBLE", "DOUBLE", "DOUBLE"}, Result: "DOUBLE",
		Call: func(args []any) (any, error) {
			mean, deviation, p := args[0].(float64), args[1].(float64), args[2].(float64)
			if !(p > 0 && p < 1) {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "p must be 0 > p > 1")
			}
			if !(deviation > 0) {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "standardDeviation must be > 0")
			}
			return mean + deviation*math.Sqrt2*math.Erfinv(2*p-1), nil
		}},
	{Name: "trino_beta_cdf", Params: []string{"DOUBLE", "DOUBLE", "DOUBLE"}, Result: "DOUBLE",
		Call: func(args []any) (any, error) {
			a, b, x := args[0].(float64), args[1].(float64), args[2].(float64)
			if !(x >= 0 && x <= 1) {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "value must be 0 >= v >= 1")
			}
			if !(a > 0 && b > 0) {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "a, b must be > 0")
			}
			return regularizedBeta(x, a, b), nil
		}},
	{Name: "trino_inverse_beta_cdf", Params: []string{"DOUBLE", "DOUBLE", "DOUBLE"}, Result: "DOUBLE",
		Call: func(args []any) (any, error) {
			a, b, p := args[0].(float64), args[1].(float64), args[2].(float64)
			if !(p >= 0 && p <= 1) {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "p must be 0 >= p >= 1")
			}
			if !(a > 0 && b > 0) {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "a, b must be > 0")
			}
			return inverseBeta(a, b, p), nil
		}},
	{Name: "trino_t_cdf", Params: []string{"DOUBLE", "DOUBLE"}, Result: "DOUBLE",
		Call: func(args []any) (any, error) {
			x, freedom := args[0].(float64), args[1].(float64)
			if !(freedom >= 1) {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "degrees of freedom must be greater than or equal to 1")
			}
			if x == 0 {
				return 0.5, nil
			}
			tail := 0.5 * regularizedBeta(freedom/(freedom+x*x), 0.5*freedom, 0.5)
			if x < 0 {
				return tail, nil
			}
			return 1 - tail, nil
		}},
	{Name: "trino_t_pdf", Params: []string{"DOUBLE", "DOUBLE"}, Result: "DOUBLE",
		Call: func(args []any) (any, error) {
			x, freedom := args[0].(float64), args[1].(float64)
			if !(freedom >= 1) {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "degrees of freedom must be greater than or equal to 1")
			}
			half := (freedom + 1) / 2
			above, _ := math.Lgamma(half)
			below, _ := math.Lgamma(freedom / 2)
			return math.Exp(above - below - 0.5*(math.Log(math.Pi)+math.Log(freedom)) - half*math.Log1p(x*x/freedom)), nil
		}},
	{Name: "trino_wilson", Params: []string{"BIGINT", "BIGINT", "DOUBLE", "INTEGER"}, Result: "DOUBLE",
		Call: func(args []any) (any, error) {
			return wilson(args[0].(int64), args[1].(int64), args[2].(float64), float64(args[3].(int32)))
		}},
}

// wilson is the lower (side -1) or upper (1) end of the Wilson score interval.
func wilson(successes, trials int64, z, side float64) (any, error) {
	message := ""
	switch {
	case successes < 0:
		message = "number of successes must not be negative"
	case trials <= 0:
		message = "number of trials must be positive"
	case successes > trials:
		message = "number of successes must not be larger than number of trials"
	case !(z >= 0):
		message = "z-score must not be negative"
	}
	if message != "" {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "%s", message)
	}
	n := float64(trials)
	p := float64(successes) / n
	centre := p + z*z/(2*n)
	margin := z * math.Sqrt((p*(1-p)+z*z/(4*n))/n)
	return (centre + side*margin) / (1 + z*z/n), nil
}

// regularizedBeta is the incomplete beta function I_x(a, b), by its continued fraction.
func regularizedBeta(x, a, b float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsNaN(a) || math.IsNaN(b):
		return math.NaN()
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(2+b+a): // where the fraction converges slowly
		return 1 - regularizedBeta(1-x, b, a)
	}
	lgA, _ := math.Lgamma(a)
	lgB, _ := math.Lgamma(b)
	lgAB, _ := math.Lgamma(a + b)
	return math.Exp(a*math.Log(x)+b*math.Log1p(-x)-math.Log(a)-(lgA+lgB-lgAB)) / betaFraction(x, a, b)
}

// betaFraction is the continued fraction of I_x(a, b), evaluated from its front (Lentz).
func betaFraction(x, a, b float64) float64 {
	const tiny = 1e-300
	nonzero := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d, value := 1.0, 0.0, 1.0
	for i := 1; i < 100_000; i++ {
		m := float64(i / 2)
		term := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		if i%2 == 0 {
			term = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		}
		d = 1 / nonzero(1+term*d)
		c = nonzero(1 + term/c)
		value *= c * d
		if math.Abs(c*d-1) < 1e-16 {
			break
		}
	}
	return value
}

// inverseBeta finds x with I_x(a, b) = p as closely as Trino does, by Brent's method from the middle.
func inverseBeta(a, b, p float64) float64 {
	if p == 0 || p == 1 {
		return p
	}
	f := func(x float64) float64 { return regularizedBeta(x, a, b) - p }
	const found = 1e-15
	start := f(0.5)
	switch {
	case math.Abs(start) <= found:
		return 0.5
	case p <= found:
		return 0
	case start > 0:
		return brent(f, 0, 0.5, -p, start)
	case 1-p <= found:
		return 1
	}
	return brent(f, 0.5, 1, start, 1-p)
}

// brent finds where f is 0 between two places at which it has the values fa and fb, of different signs: to 1e-9, as
// Trino's library is asked to. The numbers that come of it are those of its steps (R. P. Brent, Algorithms for
// Minimization without Derivatives, 1973, chapter 4).
func brent(f func(float64) float64, a, b, fa, fb float64) float64 {
	c, fc := a, fa
	step := b - a
	last := step
	for {
		if math.Abs(fc) < math.Abs(fb) {
			a, b, c = b, c, b
			fa, fb, fc = fb, fc, fb
		}
		tolerance := 2e-14*math.Abs(b) + 1e-9
		half := 0.5 * (c - b)
		if math.Abs(half) <= tolerance || fb == 0 {
			return b
		}
		if math.Abs(last) < tolerance || math.Abs(fa) <= math.Abs(fb) {
			step, last = half, half
		} else {
			var p, q float64
			s := fb / fa
			if a == c { // secant
				p, q = 2*half*s, 1-s
			} else { // inverse quadratic
				u, r := fa/fc, fb/fc
				p = s * (2*half*u*(u-r) - (b-a)*(r-1))
				q = (u - 1) * (r - 1) * (s - 1)
			}
			if p > 0 {
				q = -q
			} else {
				p = -p
			}
			s, last = last, step
			if p >= 1.5*half*q-math.Abs(tolerance*q) || p >= math.Abs(0.5*s*q) {
				step, last = half, half
			} else {
				step = p / q
			}
		}
		a, fa = b, fb
		switch {
		case math.Abs(step) > tolerance:
			b += step
		case half > 0:
			b += tolerance
		default:
			b -= tolerance
		}
		fb = f(b)
		if fb > 0 && fc > 0 || fb <= 0 && fc <= 0 {
			c, fc = a, fa
			step = b - a
			last = step
		}
	}
}
