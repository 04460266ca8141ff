package trino

var jsonFunctions = []entry{}
