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

	"github.com/FerretDB/FerretDB/ferretdb"
)

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

func fail(err error) {
	fmt.Fprintln(os.Stderr, "ferretdb:", err)
	os.Exit(1)
}
