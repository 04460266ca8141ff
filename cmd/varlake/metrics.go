package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/varlake/varlake/internal/sql/query"
)

// newRegistry makes what GET /metrics gives: here the statements of an engine; the handler adds its requests.
func newRegistry(engine *query.Engine) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	gauge := func(name, help string, value func() int) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
			func() float64 { return float64(value()) }))
	}
	gauge("varlake_queries_working", "Statements that have a place to work.", func() int {
		working, _ := engine.Statements()
		return working
	})
	gauge("varlake_queries_waiting", "Statements that wait for a place.", func() int {
		_, waiting := engine.Statements()
		return waiting
	})
	return registry
}
