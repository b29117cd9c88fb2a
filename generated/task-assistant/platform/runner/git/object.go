package git

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
)

// Commit is a commit to make. Name and address of its author are fixed, so that the same values make the same id.
type Commit struct {
	// Parent is "" for a commit that begins a history.
	Parent  string
	Message string
	When    time.Time
	Files   []File
}

// File is a file to put into a commit: its bytes, or the id of a blob that is here already.
type File struct {
	Path, Blob string
	Data       []byte
}

// author is nobody's account on GitHub: an address below example or invalid belongs to no one.
const author = "task-assistant-runner <task-assistant-runner@users.invalid>"

// Commit makes a commit here, on top of the files of its parent, and returns its id. Paths must need no quoting.
func (r *Repository) Commit(ctx context.Context, c Commit) (string, error) {
	var in bytes.Buffer
	signature := fmt.Sprintf("%s %d +0000", author, c.When.Unix())
	fmt.Fprintf(&in, "commit refs/tasc/new\nmark :1\nauthor %s\ncommitter %s\ndata %d\n%s\n", signature, signature, len(c.Message), c.Message)
	if c.Parent != "" {
		fmt.Fprintf(&in, "from %s\n", c.Parent)
	}
	for _, f := range c.Files {
		if f.Blob != "" {
			fmt.Fprintf(&in, "M 100644 %s %s\n", f.Blob, f.Path)
			continue
		}
		fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", f.Path, len(f.Data), f.Data)
	}
	in.WriteString("\nget-mark :1\ndone\n")
	out, err := r.run(ctx, &in, "fast-import", "--quiet", "--done", "--force")
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(out)), nil
}

// OnlyAdds demands that the commit to has every file of the commit from, unchanged.
func (r *Repository) OnlyAdds(ctx context.Context, from, to string) error {
	out, err := r.run(ctx, nil, "diff-tree", "-r", "--no-renames", "--name-only", "--diff-filter=a", from, to)
	if err == nil && len(out) > 0 {
		first, _, _ := strings.Cut(string(out), "\n")
		err = fmt.Errorf("the commit would change %s, which may only stay as it is", first)
	}
	return err
}

// TreeID returns the id of the tree that holds one plain file and nothing else.
func TreeID(file, blob string) (string, error) {
	mode := "100644"
	for id, rest := blob, file; ; mode = "40000" {
		raw, err := hex.DecodeString(id)
		if err != nil {
			return "", fmt.Errorf("the id %q is not one: %w", id, err)
		}
		dir, name := path.Split(rest)
		entry := mode + " " + name + "\x00" + string(raw)
		id = fmt.Sprintf("%x", sha1.Sum([]byte(fmt.Sprintf("tree %d\x00%s", len(entry), entry))))
		if rest = strings.TrimSuffix(dir, "/"); rest == "" {
			return id, nil
		}
	}
}

// Object is an object that was asked for; Kind is "" where there is none.
type Object struct {
	ID, Kind string
	Data     []byte
}

// Reader reads objects of a repository, many with one process. Close it.
type Reader struct {
	in    io.WriteCloser
	out   *bufio.Reader
	limit int
	wait  func() error
}

// Reader starts reading. An object of more than limit bytes is an error.
func (r *Repository) Reader(ctx context.Context, limit int) (*Reader, error) {
	cmd := r.command(ctx, "cat-file", "--batch")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	return &Reader{in: in, out: bufio.NewReader(out), limit: limit, wait: cmd.Wait}, nil
}

// Close ends the process.
func (r *Reader) Close() error { return errors.Join(r.in.Close(), r.wait()) }

// ErrTooLarge says that an object is larger than the reader takes; the reader can go on.
var ErrTooLarge = errors.New("the object is too large")

// Read returns what a revision means, such as an id or <commit>:<path>.
func (r *Reader) Read(revision string) (Object, error) {
	if strings.ContainsAny(revision, "\n\x00") {
		return Object{}, fmt.Errorf("the revision %q is not one", revision)
	}
	if _, err := io.WriteString(r.in, revision+"\n"); err != nil {
		return Object{}, fmt.Errorf("git cat-file: %w", err)
	}
	line, err := r.out.ReadString('\n')
	if err != nil {
		return Object{}, fmt.Errorf("git cat-file: %w", err)
	}
	line = strings.TrimSuffix(line, "\n")
	if strings.HasSuffix(line, " missing") {
		return Object{}, nil
	}
	fields := strings.Split(line, " ")
	if len(fields) != 3 {
		return Object{}, fmt.Errorf("git cat-file answered %q", line)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return Object{}, fmt.Errorf("git cat-file answered %q", line)
	}
	return r.body(Object{ID: fields[0], Kind: fields[1]}, size)
}

// body reads the bytes of an object and the line break behind them.
func (r *Reader) body(o Object, size int64) (Object, error) {
	if size > int64(r.limit) {
		if _, err := io.CopyN(io.Discard, r.out, size+1); err != nil {
			return Object{}, fmt.Errorf("git cat-file: %w", err)
		}
		return o, ErrTooLarge
	}
	o.Data = make([]byte, size)
	if _, err := io.ReadFull(r.out, o.Data); err != nil {
		return Object{}, fmt.Errorf("git cat-file: %w", err)
	}
	if _, err := r.out.Discard(1); err != nil {
		return Object{}, fmt.Errorf("git cat-file: %w", err)
	}
	return o, nil
}
