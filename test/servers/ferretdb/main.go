// Command ferretdb serves the MongoDB wire protocol on 127.0.0.1 from SQLite files, for tests.
//
// Usage: ferretdb FOLDER [PORT]
//
// Not a newer FerretDB 1: since 1.19 its index on _id is on another expression than its queries use, so that
// every look-up goes through the whole collection.
//
// It prints its URI as one line on standard output once it listens, and ends when its standard input is
// closed: however the test process ends, the server does not outlive it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/FerretDB/FerretDB/ferretdb"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// It makes garbage by the gigabyte and keeps next to nothing: collecting it only here saves a quarter of the time.
const memoryLimitBytes = 512 << 20

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fail(fmt.Errorf("usage: ferretdb FOLDER [PORT]"))
	}
	port := "0"
	if len(os.Args) == 3 {
		port = os.Args[2]
	}
	folder, err := filepath.Abs(os.Args[1])
	if err != nil {
		fail(err)
	}

	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(memoryLimitBytes)
	// It logs through this very logger, and offers no way to give it another.
	*zap.L() = *zap.L().WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core { return plain{core} }))

	server, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: "127.0.0.1:" + port},
		Handler:  "sqlite",
		// What was written outlives a killed process; only a power cut would need more.
		SQLiteURL: "file:" + filepath.ToSlash(folder) + "/?_pragma=synchronous(normal)",
	})
	if err != nil {
		fail(err)
	}

	ctx, stop := context.WithCancel(context.Background())
	go func() {
		// Nothing is ever sent; the end of input is the signal.
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	go func() { fmt.Println(server.MongoDBURI()) }()
	if err := server.Run(ctx); err != nil {
		fail(err)
	}
}

// plain logs without fields. FerretDB gives every document that it stores to the logger as a field, twice, and
// the field is written out as JSON also where nothing is logged.
type plain struct{ zapcore.Core }

func (core plain) With([]zapcore.Field) zapcore.Core { return core }

func fail(err error) {
	fmt.Fprintln(os.Stderr, "ferretdb:", err)
	os.Exit(1)
}
