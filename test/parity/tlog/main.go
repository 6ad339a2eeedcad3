// Makes test/parity/golden/tlog.json: trees, proofs, tiles and notes by Go's own packages for transparency logs.
//
//	cd test/parity/tlog && go mod tidy && go run . > ../golden/tlog.json
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const leaves = 300

type inclusion struct {
	Index, Size int64
	Hashes      []string
}
type consistency struct {
	Old, Size int64
	Hashes    []string
}
type tile struct{ Path, SHA256 string }
type golden struct {
	Module       string
	Roots        []string
	Inclusions   []inclusion
	Consistency  []consistency
	Tiles        []tile
	Secret       string
	Verifier     string
	Text, Note   string
}

type store []tlog.Hash

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		hashes[at] = s[index]
	}
	return hashes, nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func texts(hashes []tlog.Hash) []string {
	out := []string{}
	for _, hash := range hashes {
		out = append(out, hash.String())
	}
	return out
}

func main() {
	var hashes store
	out := golden{Module: "golang.org/x/mod"}
	for n := int64(0); n < leaves; n++ {
		added, err := tlog.StoredHashes(n, []byte(fmt.Sprintf("entry %d", n)), hashes)
		check(err)
		hashes = append(hashes, added...)
		root, err := tlog.TreeHash(n+1, hashes)
		check(err)
		out.Roots = append(out.Roots, root.String())
	}
	sizes := []int64{1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 300}
	for _, size := range sizes {
		for _, index := range []int64{0, 1, size / 2, size - 2, size - 1} {
			if index < 0 || index >= size {
				continue
			}
			proof, err := tlog.ProveRecord(size, index, hashes)
			check(err)
			out.Inclusions = append(out.Inclusions, inclusion{index, size, texts(proof)})
		}
		for _, old := range sizes {
			if old > size {
				continue
			}
			proof, err := tlog.ProveTree(size, old, hashes)
			check(err)
			out.Consistency = append(out.Consistency, consistency{old, size, texts(proof)})
		}
	}
	for _, one := range tlog.NewTiles(8, 0, leaves) {
		data, err := tlog.ReadTileData(one, hashes)
		check(err)
		out.Tiles = append(out.Tiles, tile{one.Path(), tlog.Hash(sum(data)).String()})
	}
	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	var err error
	out.Verifier, err = note.NewEd25519VerifierKey("example.org/assay", public)
	check(err)
	verifier, err := note.NewVerifier(out.Verifier)
	check(err)
	id := make([]byte, 4)
	for at := range id {
		id[at] = byte(verifier.KeyHash() >> (24 - 8*at))
	}
	out.Secret = "PRIVATE+KEY+example.org/assay+" + hex.EncodeToString(id) + "+" +
		base64.StdEncoding.EncodeToString(append([]byte{1}, seed...))
	signer, err := note.NewSigner(out.Secret)
	check(err)
	root, err := tlog.TreeHash(leaves, hashes)
	check(err)
	out.Text = fmt.Sprintf("example.org/assay\n%d\n%s\n", leaves, root)
	signed, err := note.Sign(&note.Note{Text: out.Text}, signer)
	check(err)
	out.Note = string(signed)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	check(encoder.Encode(out))
}
