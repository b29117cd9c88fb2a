package signed

import (
	"encoding/base64"
	"errors"
	"path"
	"strings"
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
	var r Record
	for line := range strings.Lines(message) {
		line = strings.TrimSuffix(line, "\n")
		if value, ok := strings.CutPrefix(line, pathLead); ok && r.Path == "" {
			r.Path = value
		}
		if value, ok := strings.CutPrefix(line, signatureLead); ok && r.Signature == nil {
			signature, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				return Record{}, errors.New("its message holds a signature that is not base64")
			}
			r.Signature = signature
		}
	}
	if r.Path == "" || r.Signature == nil {
		return Record{}, errors.New("its message names no path or no signature of a record")
	}
	return r, nil
}
