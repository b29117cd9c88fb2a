package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/engine"
	"github.com/task-assistant/tasc/engines/internal/result"
)

const record = `{"schema_version":"1.0","correlation_id":"1-1","engine_name":"validate","entity":{"owner":"acme","repo":"host"},"event":{"action":"success"},"ok":true}`

// archive packs files as GitHub does: in one folder that names the commit.
func archive(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "acme-telemetry-0123456/" + f[0], Size: int64(len(f[1])), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// run runs the engine against a telemetry repository whose archive another host serves.
func run(t *testing.T, download []byte, api func(path string) int) (result.Details, error) {
	t.Helper()
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("the token went to another host")
		}
		w.Write(download)
	}))
	defer storage.Close()
	// Go compares host names, not ports, when it decides whether a token may follow a redirect.
	elsewhere := strings.Replace(storage.URL, "127.0.0.1", "localhost", 1)
	github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer ghs_telemetry" {
			t.Errorf("request with %q", r.Header.Get("Authorization"))
		}
		if status := api(strings.TrimPrefix(r.URL.Path, "/repos/acme/telemetry")); status != 0 {
			w.WriteHeader(status)
			return
		}
		http.Redirect(w, r, elsewhere+"/acme/telemetry/legacy.tar.gz?token=SECRET", http.StatusFound)
	}))
	defer github.Close()
	file := filepath.Join(t.TempDir(), "result.json")
	env := map[string]string{"TARGET_REPO": "acme/host", "TELEMETRY_REPO": "acme/telemetry", "GITHUB_API_URL": github.URL, "TELEMETRY_TOKEN": "ghs_telemetry", "RESULT_FILE": file}
	var log bytes.Buffer
	err := engine.Run(context.Background(), "dashboard", dashboard, func(name string) string { return env[name] }, &log)
	data, readErr := os.ReadFile(file)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if strings.Contains(log.String()+string(data), "SECRET") {
		t.Errorf("the address of the download is shown: %s%s", log.String(), data)
	}
	var d result.Details
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d, err
}

func well(string) int { return 0 }

func TestDashboard(t *testing.T) {
	path := "telemetry/v1/repos/acme-host/2026-03-01/1-1/validate.json"
	for _, c := range []struct {
		name     string
		download []byte
		summary  string
		failed   bool
	}{
		{"a record", archive(t, [2]string{"README.md", "x"}, [2]string{path, record}), "records: 1, runs: 1, from 2026-03-01 to 2026-03-01, 100.0 % ok", false},
		{"none", archive(t, [2]string{"README.md", "x"}), "there is no telemetry of this repository yet", false},
		{"one invalid", archive(t, [2]string{path, record}, [2]string{strings.Replace(path, "validate", "enforce", 1), record}),
			`dashboard stopped: telemetry/v1/repos/acme-host/2026-03-01/1-1/enforce.json is not a telemetry record: engine_name is "validate"; expected that of its path`, true},
		{"the largest", archive(t, [2]string{path, record + strings.Repeat(" ", 512<<10-len(record))}), "records: 1, runs: 1, from 2026-03-01 to 2026-03-01, 100.0 % ok", false},
		{"one too large", archive(t, [2]string{path, strings.Repeat(" ", 512<<10+1)}), "dashboard stopped: " + path + " has 524289 bytes; expected at most 524288", true},
		{"no archive", []byte("<html>no archive</html>"), "dashboard stopped: the archive of acme/telemetry is damaged: gzip: invalid header", true},
		{"cut off", archive(t, [2]string{path, record})[:40], "dashboard stopped: the archive of acme/telemetry is damaged: unexpected EOF", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := run(t, c.download, well)
			if (err != nil) != c.failed || d.Summary != c.summary || (d.Projection == nil) != c.failed {
				t.Errorf("err %v, details %+v", err, d)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name            string
		tarball, commit int
		want            string
		failed          bool
	}{
		{"empty repository", 404, 409, "there is no telemetry of this repository yet", false},
		{"not to be seen", 404, 404, "dashboard stopped: cannot download acme/telemetry: not found", true},
		{"outage", 503, 200, "dashboard stopped: cannot download acme/telemetry: GitHub answered 503 Service Unavailable", true},
	} {
		d, err := run(t, nil, func(path string) int {
			if path == "/tarball" {
				return c.tarball
			}
			return c.commit
		})
		if (err != nil) != c.failed || d.Summary != c.want {
			t.Errorf("%s: err %v, details %+v", c.name, err, d)
		}
	}
}
