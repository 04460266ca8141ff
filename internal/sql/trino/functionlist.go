package trino

// scalars are the scalar functions, by family.
var scalars = [][]entry{mathFunctions, textFunctions, binaryFunctions, jsonFunctions, timeFunctions, arrayFunctions,
	mapFunctions, sequenceFunctions}
