package trino

var binaryFunctions = []entry{}
