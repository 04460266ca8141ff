package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
)

// connection is a client of the server of a data folder.
type connection struct {
	*client
	Buckets map[string]string // the server's folder buckets
	own     *server           // started by connect for this command alone
	other   bool              // the server is inside another command, and ends with that
	causes  *causes           // of what failed inside the command's own
}

// connectOptions say what a command needs of a server of its own; a running one has been told already.
type connectOptions struct {
	files map[string]string // that it may import besides, by their URIs
	read  reading           // how it shall read files
	makes bool              // the command is of use on a data folder that is not there yet, and makes it
	reads bool              // the command only asks: nothing in the data folder is changed for it, and no work goes on
	// the command begins long work: it waits for its turn where others ask the server inside another command
	alone bool
}

// connect reaches the server that runs on a data folder, or starts one inside this process for as long as the command
// takes.
func connect(ctx context.Context, data string, opts connectOptions) (*connection, error) {
	paths, err := findFolder(data)
	if err != nil {
		return nil, err
	}
	if !opts.makes {
		if err := paths.mustExist(); err != nil {
			return nil, err
		}
	}
	c := &connection{client: &client{}}
	if err := c.reach(ctx, paths, opts); err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	return c, nil
}

// reach makes the connection, once the folder is free or served.
func (c *connection) reach(ctx context.Context, paths dataPaths, opts connectOptions) (err error) {
	causes := &causes{ofRequest: map[string]error{}}
	config := defaultConfig(paths.dir)
	config.Log = slog.New(causes)
	if config.Relaxed, err = opts.read.rules(); err != nil {
		return err
	}
	if err := quotasOfEnvironment(&config.Limits); err != nil {
		return err
	}
	config.Listen, config.LocalFiles, config.Private, config.Reads = "127.0.0.1:0", opts.files, true, opts.reads
	var info runtimeInfo
	var own *server
	err = paths.inTurn(ctx, opts.alone, func() (err error) {
		own, err = startServer(ctx, config)
		return err
	}, func(running runtimeInfo) error {
		info = running
		return nil
	})
	if err != nil {
		return err
	}
	c.own, c.causes, c.other = own, causes, info.Private
	if own != nil {
		info = own.info
	} else if !info.Private && opts.read.given() != "" {
		return opts.read.errRunning()
	}
	c.Buckets = info.Buckets
	err = c.client.signIn(paths, clientEndpoint(info.Endpoint))
	// the lost files are not written for what only reads
	if isNotExist(err) && own != nil && own.reads && profile() == defaultProfile {
		err = c.client.signInAsOwn(ctx, own, config.Region)
	}
	if err != nil {
		return err
	}
	c.client.again = nil
	if c.other {
		c.client.again = func(ctx context.Context) error { return c.reach(ctx, paths, opts) }
	}
	return nil
}

// Close ends the command's own server, if it has one, once other commands have the answers that they wait for.
func (c *connection) Close(ctx context.Context) error {
	if c.own == nil {
		return nil
	}
	if ctx.Err() == nil {
		c.own.serveOut(ctx)
	}
	return c.own.Stop(context.WithoutCancel(ctx))
}

// withServer runs do with a connection to the data folder's server. There must be a data folder.
func withServer(ctx context.Context, data string, do func(*connection) error) error {
	return withConnection(ctx, data, connectOptions{}, do)
}

func withConnection(ctx context.Context, data string, opts connectOptions, do func(*connection) error) error {
	c, err := connect(ctx, data, opts)
	if err != nil {
		return err
	}
	return errors.Join(c.explain(do(c)), c.Close(ctx))
}

// whose tells which server the connection is to.
func (c *connection) whose() whose {
	switch {
	case c.own != nil:
		return ownServer
	case c.other:
		return otherServer
	}
	return runningServer
}

// explain adds to the error of a command which flag of the server would help, what went wrong inside a server of its
// own, and why it could not be served, when that is that nothing can be written. Whatever a user did wrong is told as
// it is.
func (c *connection) explain(err error) error {
	var refusal *omics.Error
	err = hinted(err, c.whose())
	if c.own != nil && c.own.still == nil {
		told := c.causes.cause(err)
		if errors.As(err, &refusal) && refusal.Code.HTTPStatus() >= 500 {
			return orStill(c.own.paths.dir, told)
		}
		return told
	}
	if err == nil || c.own == nil || errors.As(err, &refusal) && refusal.Code.HTTPStatus() < 500 {
		return err
	}
	switch {
	case refusal == nil: // of the command itself, such as of an export's file
		return err
	case isInternal(refusal): // it tells nothing
		return c.own.still
	}
	return fmt.Errorf("%w; %w", err, c.own.still)
}

// signIn has the client send its requests to an endpoint, signed with the profile's key.
func (c *client) signIn(paths dataPaths, endpoint string) error {
	key, err := paths.readKey()
	if err != nil {
		return err
	}
	config, err := readProfile(paths.awsConfig(), "profile "+defaultProfile)
	if err != nil {
		return paths.lostFile(err)
	}
	c.sendTo(paths, endpoint, config["region"], meta.AccessKey{Account: profileAccount(key),
		ID: key["aws_access_key_id"], Secret: key["aws_secret_access_key"]})
	return nil
}

// signInAsOwn is signIn with the key that the state has for the folder's own commands.
func (c *client) signInAsOwn(ctx context.Context, own *server, region string) error {
	key, ok, err := ownKey(ctx, own.db)
	if err == nil && !ok {
		_, err = own.paths.readKey()
	}
	if err != nil {
		return err
	}
	c.sendTo(own.paths, clientEndpoint(own.info.Endpoint), region, key)
	return nil
}

// sendTo has the client send its requests to an endpoint, signed with a key.
func (c *client) sendTo(paths dataPaths, endpoint, region string, key meta.AccessKey) {
	c.paths, c.endpoint, c.region = paths, endpoint, region
	c.account, c.keyID, c.secret = key.Account, key.ID, key.Secret
}

// profileAccount is the account that a profile's key is of; the files of before did not say, and had the first one.
func profileAccount(profile map[string]string) string {
	return cmp.Or(profile["aws_account_id"], meta.AdminAccount)
}

// keyLookup finds an access key for the verification of signatures.
func keyLookup(db *meta.DB) func(ctx context.Context, id string) (httpapi.Key, bool, error) {
	return func(ctx context.Context, id string) (httpapi.Key, bool, error) {
		row, err := db.AccessKey(ctx, id)
		if errors.Is(err, meta.ErrNotFound) {
			return httpapi.Key{}, false, nil
		}
		if err != nil {
			return httpapi.Key{}, false, err
		}
		key := httpapi.Key{Secret: row.Secret, Account: row.Account, ARN: keyARN(row)}
		if row.Policy != "" {
			document, err := policy.Parse([]byte(row.Policy))
			if err != nil {
				return httpapi.Key{}, false, fmt.Errorf("read policy of access key %s: %w", id, err)
			}
			key.Policies = append(key.Policies, document)
		}
		return key, true, nil
	}
}

// keyARN is the principal that a key stands for.
func keyARN(key meta.AccessKey) string {
	return omics.ARN{Partition: "aws", Service: "iam", Account: key.Account, Resource: "user/" + key.Name}.String()
}

// isNotExist reports whether err says that a file is missing.
func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }
