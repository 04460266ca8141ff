package meta

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestNewerState refuses the state of a later program by its version, before it looks for tables: those may have other
// names, and the schema words that this SQLite cannot read.
func TestNewerState(t *testing.T) {
	next := len(migrations) + 1
	for name, change := range map[string]string{
		"version alone":  `PRAGMA user_version = 99`,
		"renamed tables": fmt.Sprintf(`ALTER TABLE tables RENAME TO sheets; PRAGMA user_version = %d`, next),
		"unreadable schema": fmt.Sprintf(`PRAGMA writable_schema = 1;
			UPDATE sqlite_schema SET sql = 'CREATE TABLE tables WITH WORDS OF LATER' WHERE name = 'tables';
			PRAGMA user_version = %d`, next),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			if _, err := f.writer.Exec(change); err != nil {
				t.Fatal(err)
			}
			if err := f.DB.Close(); err != nil {
				t.Fatal(err)
			}
			version := next
			if name == "version alone" {
				version = 99
			}
			want := fmt.Sprintf("varlake.db was made by a newer varlake (its schema is version %d, this one reads up to %d): "+
				"use that one", version, len(migrations))
			for call, open := range map[string]func() error{
				"Inspect":    func() error { _, err := Inspect(f.ctx, f.path); return err },
				"Whole":      func() error { return Whole(f.ctx, f.path) },
				"OpenStill":  func() error { _, err := OpenStill(f.ctx, f.path); return err },
				"OpenBeside": func() error { _, err := OpenBeside(f.ctx, f.path); return err },
				"Open":       func() error { _, err := Open(f.ctx, f.path); return err },
			} {
				err := open()
				if !errors.Is(err, ErrNewerSchema) || IsDamaged(err) || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v, want %q", call, err, want)
				}
			}
		})
	}
}

// TestWordToOlderPrograms reads what programs of before the change to tables read of a state, first of all.
func TestWordToOlderPrograms(t *testing.T) {
	f := newFixture(t)
	_, err := collect(f.ctx, f.reader, scanString, `SELECT id FROM variant_stores`)
	if err == nil || !strings.Contains(err.Error(), "this state was made by a newer varlake: use that one") ||
		errors.Is(damaged(err), ErrDamaged) {
		t.Errorf("an older program is told %v", err)
	}
	for _, statement := range []string{`PRAGMA integrity_check`, `PRAGMA quick_check`, `VACUUM`, `ANALYZE`} {
		if _, err := f.writer.Exec(statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if err := f.DB.Whole(f.ctx); err != nil {
		t.Error(err)
	}
	if in, err := Inspect(f.ctx, f.path); err != nil {
		t.Errorf("%v, %v", in, err)
	}
}
