package trino

// addressFunctions are those of networks and their addresses.
var addressFunctions = []entry{
	{signature: "contains(varchar(x), ipaddress) -> boolean", duck: "trino_network_contains($1, $2)"},
}
