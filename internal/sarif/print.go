package sarif

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/task-assistant/tasc/internal/diag"
)

// The names of the fingerprints. GitHub uses the first alone, and combines it with file and rule; the second is for
// those who want one that says it all.
const (
	lineHash    = "primaryLocationLineHash"
	findingHash = "tascFinding/v1"
)

// prints makes fingerprints, of findings in their order. They say what a finding is about and not where that stands:
// lines above may come and go.
type prints struct {
	lines  *diag.Lines
	source diag.Source
	// file is the one whose lines hashes has: findings come file by file.
	file   string
	hashes []string
	// seen counts equal ones.
	seen map[string]int
}

func newPrints(r Report) *prints {
	return &prints{diag.NewLines(r.Source), r.Source, "", nil, map[string]int{}}
}

// of returns the fingerprints of the next finding.
func (p *prints) of(d diag.Diagnostic) map[string]string {
	own := p.finding(d)
	hash, ok := p.line(d.Pos)
	if !ok {
		// A finding about a folder, or about a file that is not there, is known by what it says.
		sum, n, _ := strings.Cut(own, ":")
		return map[string]string{lineHash: sum[:16] + ":" + n, findingHash: own}
	}
	// GitHub makes one alert of two results with the same file, rule and hash.
	if n := p.count("line\x00" + d.Rule + "\x00" + d.File + "\x00" + hash); n > 1 {
		hash = fmt.Sprintf("%s:%d", hash, n)
	}
	return map[string]string{lineHash: hash, findingHash: own}
}

func (p *prints) count(key string) int {
	p.seen[key]++
	return p.seen[key]
}

// finding hashes rule, file, message and the text of the line without its blanks, and counts equal ones.
func (p *prints) finding(d diag.Diagnostic) string {
	line, _ := p.lines.At(d.Pos)
	key := strings.Join([]string{d.Rule, d.File, d.Message, strings.Join(strings.Fields(line), " ")}, "\x00")
	sum := sha256.Sum256([]byte(key))
	hash := hex.EncodeToString(sum[:16])
	return fmt.Sprintf("%s:%d", hash, p.count(hash))
}

// line is what GitHub's own action for uploads computes of the line, so that it has nothing to add or to warn of; of
// the first, where a file as such is meant.
func (p *prints) line(pos diag.Pos) (string, bool) {
	pos.Line = max(pos.Line, 1)
	if p.source == nil {
		return "", false
	}
	if pos.File != p.file || p.hashes == nil {
		p.file, p.hashes = pos.File, nil
		if data := p.source(pos.File); data != nil {
			p.hashes = lineHashes(data)
		}
	}
	if pos.Line > len(p.hashes) {
		return "", false
	}
	return p.hashes[pos.Line-1], true
}

// What the hash of a line is made of: a polynomial in base of so many code units.
const (
	block = 100
	base  = 37
)

// lineHashes returns the hash of every line of a file, as github.com/github/codeql-action (src/fingerprints.ts)
// defines it: of the first 100 UTF-16 code units from the beginning of the line on, blanks and tabs left out, every
// line break as \n, with 0xffff behind the end of the file and zeros behind that; then a colon, and the how manieth
// of its value it is in the file. The value is the polynomial of the code units in base 37, modulo 2^64.
func lineHashes(data []byte) []string {
	units, starts := content(data)
	top := uint64(1)
	for range block {
		top *= base
	}
	unit := func(i int) uint64 {
		if i < 0 || i >= len(units) {
			return 0
		}
		return uint64(units[i])
	}
	hash, next := uint64(0), 0
	seen := map[uint64]int{}
	out := make([]string, 0, len(starts))
	for end := 1; next < len(starts); end++ {
		hash = hash*base + unit(end-1) - top*unit(end-1-block)
		if end-block == starts[next] {
			seen[hash]++
			out = append(out, fmt.Sprintf("%x:%d", hash, seen[hash]))
			next++
		}
	}
	return out
}

// content is what counts of a file, and where its lines begin in that.
func content(data []byte) (units []uint16, starts []int) {
	text := bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	begins := true
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		if r == ' ' || r == '\t' {
			continue
		}
		if r == '\r' {
			r = '\n'
		}
		if begins {
			starts = append(starts, len(units))
		}
		begins = r == '\n'
		units = utf16.AppendRune(units, r)
	}
	if begins {
		starts = append(starts, len(units))
	}
	return slices.Concat(units, []uint16{0xffff}), starts
}
