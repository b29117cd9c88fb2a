package signed

import (
	"bufio"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/handover"
	"github.com/task-assistant/tasc/internal/runner/record"
)

const (
	// mark begins every line of a record in a log. No line holds a colon or a number sign, so none can be
	// taken for a workflow command, and each says which part of how many it is.
	mark = "tasc-record-v1 "
	// lineSize is how much of the packed record one line holds.
	lineSize = 1000
	// maxLogged bounds a record that is read from a log, with its signature, unpacked.
	maxLogged = record.MaxRecord*2 + 4<<10
)

// logged is the JSON form of a record in a log; bytes are base64.
type logged struct {
	Path      string `json:"path"`
	Record    []byte `json:"record"`
	Signature []byte `json:"signature"`
}

// Log returns the lines that carry the record in a job's log: a begin, numbered parts, an end.
func (r Record) Log() ([]string, error) {
	data, err := json.Marshal(logged{r.Path, r.Data, r.Signature})
	if err != nil {
		return nil, fmt.Errorf("cannot encode the record for the log: %w", err)
	}
	text, err := handover.Pack(data)
	if err != nil {
		return nil, err
	}
	parts := (len(text) + lineSize - 1) / lineSize
	lines := []string{mark + "begin " + strconv.Itoa(parts)}
	for i := range parts {
		lines = append(lines, mark+strconv.Itoa(i+1)+" "+text[i*lineSize:min(len(text), (i+1)*lineSize)])
	}
	return append(lines, mark+"end "+strconv.Itoa(parts)), nil
}

// ReadLog returns the records in a log, each once, that one of keys has signed. Lines may stand behind what
// GitHub puts before them, a time or the names of job and step. The error says, by line, what looks like a
// record and is none; the records beside it are good all the same.
func ReadLog(log io.Reader, keys []*rsa.PublicKey) ([]Record, error) {
	in := bufio.NewReaderSize(log, 4*lineSize)
	r := reader{keys: keys, seen: map[string]bool{}}
	for line := 1; ; line++ {
		// A line that is longer than the buffer is an engine's; its parts are none of ours either.
		text, long, err := in.ReadLine()
		for whole := long; whole && err == nil; {
			_, whole, err = in.ReadLine()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			r.problems = append(r.problems, fmt.Errorf("the log cannot be read to its end: %w", err))
		}
		if err != nil {
			break
		}
		if _, text, found := strings.Cut(string(text), mark); found && !long {
			r.line(line, strings.TrimSpace(text))
		}
	}
	r.interrupted()
	return r.found, errors.Join(r.problems...)
}

// reader is the state between two lines of a log.
type reader struct {
	keys     []*rsa.PublicKey
	seen     map[string]bool // by path and bytes
	found    []Record
	problems []error

	// begin is the line where the open record begins, 0 where none is open.
	begin, parts, next int
	text               strings.Builder
}

func (r *reader) line(number int, text string) {
	word, rest, _ := strings.Cut(text, " ")
	switch part, err := strconv.Atoi(word); {
	case word == "begin":
		r.interrupted()
		parts, err := strconv.Atoi(rest)
		if err != nil || parts < 1 || parts > maxLogged/lineSize {
			r.problem(number, errors.New("it does not say of how many parts it is"))
			return
		}
		r.begin, r.parts, r.next = number, parts, 1
		r.text.Reset()
	case r.begin == 0: // the rest of a record that was given up, or a text that quotes a line
	case word == "end" && r.next == r.parts+1:
		r.end()
	case err != nil || part != r.next || part > r.parts || len(rest) > lineSize:
		r.interrupted()
	default:
		r.text.WriteString(rest)
		r.next++
	}
}

// end takes the record that is complete.
func (r *reader) end() {
	begin := r.begin
	r.begin = 0
	data, err := handover.Unpack(r.text.String(), maxLogged)
	if err != nil {
		r.problem(begin, err)
		return
	}
	var l logged
	if err := json.Unmarshal(data, &l); err != nil {
		r.problem(begin, errors.New("it is not the JSON of a record"))
		return
	}
	found := Record{l.Path, l.Record, l.Signature}
	if _, err := found.Verify(r.keys); err != nil {
		r.problem(begin, err)
		return
	}
	if id := found.Path + "\n" + string(found.Data); !r.seen[id] {
		r.seen[id] = true
		r.found = append(r.found, found)
	}
}

// interrupted gives the open record up, if there is one.
func (r *reader) interrupted() {
	if r.begin != 0 {
		r.problem(r.begin, fmt.Errorf("it breaks off before part %d of %d", r.next, r.parts))
	}
	r.begin = 0
}

func (r *reader) problem(line int, err error) {
	r.problems = append(r.problems, fmt.Errorf("line %d: the record that begins here is not taken: %w", line, err))
}
