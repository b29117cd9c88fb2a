package bare

import (
	"bytes"
	"compress/zlib"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// object is what an id stands for.
type object struct {
	kind string
	data []byte
}

// WriteObject stores an object of the kind "blob", "tree", "commit" or "tag" and returns its id.
// Storing the same object again is cheap and changes nothing.
func (r *Repository) WriteObject(kind string, data []byte) (string, error) {
	header := fmt.Appendf(nil, "%s %d\x00", kind, len(data))
	hash := sha1.New()
	hash.Write(header)
	hash.Write(data)
	id := hex.EncodeToString(hash.Sum(nil))
	if _, known := r.recent.Load(id); known {
		return id, nil
	}
	if err := r.writeCompressed(id, header, data); err != nil {
		return "", fmt.Errorf("write object %s: %w", id, err)
	}
	r.remember(id, object{kind, bytes.Clone(data)})
	return id, nil
}

// writeCompressed lets the file appear complete or not at all: readers take no lock.
func (r *Repository) writeCompressed(id string, parts ...[]byte) error {
	var packed bytes.Buffer
	w, reused := r.packers.Get().(*zlib.Writer)
	if !reused {
		w = zlib.NewWriter(nil)
	}
	w.Reset(&packed)
	defer r.packers.Put(w)
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	temp := filepath.Join(r.dir, "objects", "tmp_obj_"+rand.Text())
	if err := os.WriteFile(temp, packed.Bytes(), 0o444); err != nil {
		return err
	}
	err := os.Rename(temp, r.objectPath(id))
	if errors.Is(err, fs.ErrNotExist) { // the first object of its folder
		if err := os.MkdirAll(filepath.Dir(r.objectPath(id)), 0o755); err != nil {
			return err
		}
		err = os.Rename(temp, r.objectPath(id))
	}
	return err
}

func (r *Repository) remember(id string, o object) {
	const small = 64 << 10
	if len(o.data) <= small {
		r.recent.Store(id, o)
	}
}

// ReadObject returns the kind and the bytes of an object; the bytes must not be changed. The error wraps fs.ErrNotExist when there is none.
func (r *Repository) ReadObject(id string) (kind string, data []byte, err error) {
	if !IsID(id) {
		return "", nil, fmt.Errorf("object %q: the id is not 40 hex digits: %w", id, os.ErrNotExist)
	}
	if known, ok := r.recent.Load(id); ok {
		return known.(object).kind, known.(object).data, nil
	}
	f, err := os.Open(r.objectPath(id))
	if err != nil {
		return "", nil, fmt.Errorf("object %s is not there as a loose object (nothing here may run git gc): %w", id, err)
	}
	defer f.Close()
	unpacked, err := zlib.NewReader(f)
	if err != nil {
		return "", nil, fmt.Errorf("object %s: %w", id, err)
	}
	all, err := io.ReadAll(unpacked)
	if err != nil {
		return "", nil, fmt.Errorf("object %s: %w", id, err)
	}
	header, data, ok := bytes.Cut(all, []byte{0})
	kind, _, _ = strings.Cut(string(header), " ")
	if !ok {
		return "", nil, fmt.Errorf("object %s has no header", id)
	}
	r.remember(id, object{kind, data})
	return kind, data, nil
}

// IsID reports whether text is a full object id: 40 lower-case hex digits.
func IsID(text string) bool {
	return len(text) == 40 && strings.Trim(text, "0123456789abcdef") == ""
}

// read is ReadObject for callers that know which kind they need.
func (r *Repository) read(id, want string) ([]byte, error) {
	kind, data, err := r.ReadObject(id)
	if err != nil {
		return nil, err
	}
	if kind != want {
		return nil, fmt.Errorf("object %s is a %s, expected a %s", id, kind, want)
	}
	return data, nil
}

func (r *Repository) objectPath(id string) string {
	return filepath.Join(r.dir, "objects", id[:2], id[2:])
}
