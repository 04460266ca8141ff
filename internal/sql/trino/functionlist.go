package trino

// scalars are the scalar functions, by family.
var scalars = [][]entry{mathFunctions, textFunctions, binaryFunctions, regexpFunctions, jsonFunctions,
	timeFunctions,
	arrayFunctions, mapFunctions, sequenceFunctions, addressFunctions}
