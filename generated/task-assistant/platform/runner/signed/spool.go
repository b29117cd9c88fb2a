package signed

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/record"
)

const (
	// Spool is where records wait that could not be written to the branch.
	Spool = "refs/telemetry/spool/"
	// Rejected is where refs of the spool go that no sweep may put on the branch.
	Rejected = "refs/telemetry/rejected/"
)

// SpoolDir returns what all refs of a run begin with; dir is the directory of the run's records.
func SpoolDir(dir string) string {
	parts := append(strings.Split(dir, "/"), make([]string, 6)...) // telemetry/v1/repos/<owner-repo>/<date>/<correlation_id>
	return Spool + parts[4] + "/" + refName(parts[3]) + "/" + parts[5] + "/"
}

// SpoolRef returns the ref under which the record of that path waits.
func SpoolRef(file string) string {
	return SpoolDir(path.Dir(file)) + strings.TrimSuffix(path.Base(file), ".json")
}

// RejectedRef returns the ref under which a ref of the spool is kept that was refused while it pointed to id. No two such
// names are in each other's way, whatever was pushed: those of refs that are named like a record's have five parts behind
// [Rejected], all others have three, of which the first is no date.
func RejectedRef(name, id string) string {
	rest := strings.TrimPrefix(name, Spool)
	if parts := strings.Split(rest, "/"); len(parts) == 4 && record.CheckDate(parts[0]) == nil {
		return Rejected + rest + "/" + id
	}
	return Rejected + fmt.Sprintf("other/%x/", sha256.Sum256([]byte(name))) + id
}

// refName is the name of a repository as a part of a ref. Git refuses two dots and a .lock at the end, which
// GitHub allows in a repository's name.
func refName(s string) string {
	if strings.Contains(s, "..") || strings.HasSuffix(s, ".lock") {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return s
}

const (
	pathLead      = "Record-Path: "
	signatureLead = "Record-Signature: "
)

// Message returns the message of the commit that carries the record through the spool.
func (r Record) Message() string {
	engine := strings.TrimSuffix(path.Base(r.Path), ".json")
	return "telemetry: " + engine + " " + path.Base(path.Dir(r.Path)) + "\n\n" +
		pathLead + r.Path + "\n" + signatureLead + base64.StdEncoding.EncodeToString(r.Signature) + "\n"
}

// ReadMessage returns the path and the signature that a message carries, neither of them judged.
func ReadMessage(message string) (Record, error) {
	var paths, signatures []string
	for line := range strings.Lines(message) {
		line = strings.TrimSuffix(line, "\n")
		if value, ok := strings.CutPrefix(line, pathLead); ok {
			paths = append(paths, value)
		}
		if value, ok := strings.CutPrefix(line, signatureLead); ok {
			signatures = append(signatures, value)
		}
	}
	switch {
	case len(paths) == 0 || len(signatures) == 0:
		return Record{}, errors.New("its message names no path or no signature of a record")
	case len(paths) > 1 || len(signatures) > 1:
		return Record{}, fmt.Errorf("its message names %d paths and %d signatures, expected one of each", len(paths), len(signatures))
	}
	signature, err := base64.StdEncoding.DecodeString(signatures[0])
	if err != nil {
		return Record{}, errors.New("its message holds a signature that is not base64")
	}
	return Record{Path: paths[0], Signature: signature}, nil
}
