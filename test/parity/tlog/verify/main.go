// Verifies the checkpoint of a run by Go's own packages for transparency logs: signature, size and root.
//
//	cd test/parity/tlog && go run ./verify KEY RUN ...
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, run := range os.Args[2:] {
		fmt.Println(verify(run, verifier))
	}
}

func verify(run string, verifier note.Verifier) string {
	signed, err := os.ReadFile(filepath.Join(run, "checkpoint"))
	if err != nil {
		return "unsigned"
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return "not signed by the key"
	}
	log, err := os.ReadFile(filepath.Join(run, "audit.jsonl"))
	if err != nil {
		return "no log"
	}
	lines := bytes.Split(log, []byte("\n"))
	lines = lines[:len(lines)-1]
	var hashes []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for at, index := range indexes {
			found[at] = hashes[index]
		}
		return found, nil
	})
	for at, line := range lines {
		if len(line) > 65535 {
			line = []byte(fmt.Sprintf("sha256:%x", sha256.Sum256(line)))
		}
		more, err := tlog.StoredHashes(int64(at), line, read)
		if err != nil {
			return err.Error()
		}
		hashes = append(hashes, more...)
	}
	root, err := tlog.TreeHash(int64(len(lines)), read)
	if err != nil {
		return err.Error()
	}
	text := strings.Split(opened.Text, "\n")
	if text[1] != fmt.Sprint(len(lines)) || text[2] != root.String() {
		return "of another log"
	}
	return "signed"
}
