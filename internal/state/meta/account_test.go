package meta

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAccessKeys(t *testing.T) {
	f := newFixture(t) // has the administrator's
	at := fixedNow
	f.Now = func() time.Time { at = at.Add(time.Second); return at }
	const policy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"omics:Get*","Resource":"*"}}`
	var keys []AccessKey
	for _, c := range []struct{ account, name, policy, want string }{
		{other, "owner", "", AdministratorPolicy}, // the first key of an account administers it
		{other, "reader", policy, policy},
		{other, "nobody", "", ""},                                         // and another may do nothing
		{third, "owner", policy, policy},                                  // unless a policy is given
		{AdminAccount, "second", "", ""},                                  // the account had a key
		{AdminAccount, "again", AdministratorPolicy, AdministratorPolicy}, // names are an account's
	} {
		k := must(f.CreateAccessKey(f.ctx, NewAccessKey(c.account, c.name, c.policy)))(t)
		if k.Policy != c.want || k.Account != c.account || k.Name != c.name || len(k.ID) != 20 || len(k.Secret) != 40 {
			t.Errorf("%s of %s: %+v", c.name, c.account, k)
		}
		if got := must(f.AccessKey(f.ctx, k.ID))(t); !cmp.Equal(k, got) {
			t.Errorf("%+v read back as %+v", k, got)
		}
		keys = append(keys, k)
	}
	if _, err := f.CreateAccessKey(f.ctx, NewAccessKey(other, "reader", "")); !errors.Is(err, ErrExists) {
		t.Errorf("a name that is taken: %v", err)
	}
	if diff := cmp.Diff(keys[:3], must(f.AccessKeys(f.ctx, other))(t)); diff != "" {
		t.Error(diff)
	}
	if all := must(f.AccessKeys(f.ctx, ""))(t); len(all) != len(keys)+1 {
		t.Errorf("%d keys, want %d", len(all), len(keys)+1)
	}
	if none := must(f.AccessKeys(f.ctx, "000000000000"))(t); len(none) != 0 {
		t.Errorf("keys of no account: %+v", none)
	}

	if err := f.DeleteAccessKey(f.ctx, keys[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := f.DeleteAccessKey(f.ctx, keys[1].ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := f.AccessKey(f.ctx, keys[1].ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a deleted key: %v", err)
	}
	// the name is free again
	if k := must(f.CreateAccessKey(f.ctx, NewAccessKey(other, "reader", "")))(t); k.ID == keys[1].ID || k.Policy != "" {
		t.Errorf("made again as %+v", k)
	}
	if _, made, err := f.EnsureAdmin(f.ctx, NewAccessKey(AdminAccount, "admin", "")); made || err != nil {
		t.Errorf("a second administrator: %v, %v", made, err)
	}
}

// TestKeyMadeBesideTheServer: a command writes to the file that a server has open, and the server sees it.
func TestKeyMadeBesideTheServer(t *testing.T) {
	f := newFixture(t)
	beside := must(OpenBeside(f.ctx, f.path))(t)
	defer beside.Close()
	k := must(beside.CreateAccessKey(f.ctx, NewAccessKey(other, "owner", "")))(t)
	if got := must(f.AccessKey(f.ctx, k.ID))(t); !cmp.Equal(k, got) {
		t.Errorf("the server reads %+v", got)
	}
	if err := f.DeleteAccessKey(f.ctx, k.ID); err != nil {
		t.Error(err)
	}
	if _, err := OpenBeside(f.ctx, f.path+"x"); err == nil {
		t.Error("a file that does not exist was opened")
	}
	if _, err := f.writer.Exec(`PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	if db, err := OpenBeside(f.ctx, f.path); err == nil {
		db.Close()
		t.Error("a file of another version was opened")
	}
}
