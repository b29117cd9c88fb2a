package revision

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
)

// maxTree bounds what is read of one folder or commit.
const maxTree = 64 << 20

// objects reads the objects of a repository through two git processes that answer one question
// after the other: one for contents, one for sizes. It is safe for concurrent use.
type objects struct {
	command func(args ...string) *exec.Cmd

	mu              sync.Mutex
	contents, sizes *process
}

// process is a `git cat-file --batch` or `--batch-check`.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts a process, unless it runs already.
func (o *objects) start(p **process, how string) (*process, error) {
	if *p != nil {
		return *p, nil
	}
	cmd := o.command("cat-file", how)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	*p = &process{cmd, in, bufio.NewReader(out)}
	return *p, nil
}

// ask sends the name of an object and reads the line that says what it is.
func (p *process) ask(id string) (kind string, size int64, err error) {
	if _, err := io.WriteString(p.in, id+"\n"); err != nil {
		return "", 0, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", 0, errors.New("git ended early")
	}
	fields := strings.Fields(line)
	if len(fields) != 3 || fields[0] != id {
		return "", 0, errMissing
	}
	size, err = strconv.ParseInt(fields[2], 10, 64)
	return fields[1], size, err
}

// errMissing is what a clone has to say that is not whole.
var errMissing = errors.New("this clone does not hold it; fetch the whole revision")

// size returns how many bytes an object has.
func (o *objects) size(id string) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, err := o.start(&o.sizes, "--batch-check")
	if err != nil {
		return 0, err
	}
	_, size, err := p.ask(id)
	return size, err
}

// read returns an object's type and contents. What is larger than limit is not read.
func (o *objects) read(id string, limit int64) (kind string, data []byte, err error) {
	if size, err := o.size(id); err != nil {
		return "", nil, err
	} else if size > limit {
		return "", nil, fmt.Errorf("it has %d bytes", size)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	p, err := o.start(&o.contents, "--batch")
	if err != nil {
		return "", nil, err
	}
	kind, size, err := p.ask(id)
	if err != nil {
		return "", nil, err
	}
	data = make([]byte, size+1) // git ends every object with a newline
	if _, err := io.ReadFull(p.out, data); err != nil {
		return "", nil, errors.New("git ended early")
	}
	return kind, data[:size], nil
}

// close ends the processes; they have only been reading.
func (o *objects) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range []*process{o.contents, o.sizes} {
		if p != nil {
			_ = p.in.Close()
			_ = p.cmd.Wait()
		}
	}
	o.contents, o.sizes = nil, nil
}
