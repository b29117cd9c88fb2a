package githubtest

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// described is an exchange in the form that package openapi judges.
type described struct {
	Method, Path, Query string
	RequestHeader       http.Header
	RequestBody         []byte
	Status              int
	ResponseHeader      http.Header
	ResponseBody        []byte
	Broken              bool
}

// keep stores a REST exchange until it is judged. Only a server that belongs to a test has a judge.
func (s *Server) keep(e described) {
	if !s.judged {
		return
	}
	e.Path = s.named(e.Path) // the description has no paths by id
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unjudged = append(s.unjudged, e)
}

// judge holds what was kept against GitHub's OpenAPI description; what does not agree becomes a problem.
func (s *Server) judge() {
	s.mu.Lock()
	todo := s.unjudged
	s.unjudged = nil
	s.mu.Unlock()
	for _, e := range todo {
		wrong, err := openapi.check(e)
		if err != nil {
			s.problem("an exchange was not checked against GitHub's OpenAPI description: %v", err)
			return
		}
		for _, text := range wrong {
			s.problem("%s %s (%d): %s [openapi]", e.Method, e.Path, e.Status, text)
		}
	}
}

// judgeProcess runs the check command of module internal/openapi. It is a process since its validator must not become
// a dependency of this module, and one for all servers of a test program since reading the description takes 50 ms.
type judgeProcess struct {
	mu      sync.Mutex
	err     error
	to      *json.Encoder
	from    *json.Decoder
	started bool
}

var openapi judgeProcess // a pure function in another process; nothing a caller can see depends on it

func (j *judgeProcess) check(e described) (wrong []string, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.started {
		j.started, j.err = true, j.start()
	}
	if j.err != nil {
		return nil, j.err
	}
	if err := j.to.Encode(e); err != nil {
		return nil, err
	}
	return wrong, j.from.Decode(&wrong)
}

// start runs the command until this program ends, which closes its input.
func (j *judgeProcess) start() error {
	program, err := judgeProgram()
	if err != nil {
		return err
	}
	cmd := exec.Command(program)
	cmd.Stderr = os.Stderr
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return err
	}
	j.to, j.from = json.NewEncoder(in), json.NewDecoder(bufio.NewReader(out))
	return cmd.Start()
}

// judgeProgram returns the path of the built command. It is built once per machine, in $XDG_CACHE_HOME/tasc (or
// ~/.cache/tasc), under a name that says what it was built from. Reading the sources here, in the test's own process,
// also makes `go test` run a cached test again when they change.
func judgeProgram() (string, error) {
	dir, err := moduleFolder()
	if err != nil {
		return "", err
	}
	digest, err := sourceDigest(dir)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	program := filepath.Join(cache, "tasc", "openapi-"+digest, "check")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		return "", err
	}
	built := fmt.Sprintf("%s.%d", program, os.Getpid()) // another test may build it at this moment
	cmd := exec.Command("go", "build", "-o", built, "./check")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s\nto see why, run: go -C internal/openapi build ./check", err, text)
	}
	return program, os.Rename(built, program)
}

// moduleFolder is internal/openapi below the nearest folder that has it.
func moduleFolder() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		found := filepath.Join(dir, "internal", "openapi")
		if _, missing := os.Stat(filepath.Join(found, "go.mod")); missing == nil {
			return found, nil
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("no folder above the test's own has internal/openapi")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

func sourceDigest(dir string) (string, error) {
	sum := sha256.New()
	io.WriteString(sum, runtime.Version()+runtime.GOOS+runtime.GOARCH)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n", filepath.Base(path), len(data))
		sum.Write(data)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:24], err
}
