package trino

var timeFunctions = []entry{}
