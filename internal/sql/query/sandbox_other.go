//go:build !linux

package query

import (
	"os"
	"syscall"
)

// confine does nothing outside Linux: the gate, DuckDB's own locks and the
// separate process are the only layers there, and nothing spills.
func confine(*request) (layers string, spill bool, err error) { return "none", false, nil }

func workerAttr() *syscall.SysProcAttr { return nil }

func giveWay(int) error { return nil }

func selfPath() (string, error) { return os.Executable() }
