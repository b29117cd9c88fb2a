package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// What is measured of audit, beside actionlint on the same files, without the helpers that actionlint starts.
const (
	auditAll  = "`tasc audit`"
	actionAll = "`actionlint`"
)

// audits prints the rows of one folder of workflows.
func (b *bench) audits(w io.Writer, n int) error {
	dir := filepath.Join(b.root, "workflows-"+strconv.Itoa(n))
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// In a process of its own, as a project is.
	if _, err := once(command{args: []string{self, "-write", dir, "-workflows", "-files", strconv.Itoa(n)}}); err != nil {
		return err
	}
	names, bytes, err := written(dir)
	if err != nil {
		return err
	}
	var peer figures
	for _, c := range []command{
		{what: actionAll, isPeer: true, dir: dir, exit: 1, mute: true, args: append([]string{b.actionlint, "-no-color", "-shellcheck=", "-pyflakes="}, names...)},
		{what: auditAll, dir: dir, exit: 1, mute: true, args: append([]string{b.tasc, "audit"}, names...)},
	} {
		f, err := measure(c, b.runs)
		if err != nil {
			return err
		}
		b.measured[result{c.what, n}] = f
		fmt.Fprintf(w, "| %d, %.1f MB | %s | %.1f | %.1f + %.1f | %.0f | %.0f |", n, mb(bytes), c.what, ms(f.wall), ms(f.user), ms(f.system), mb(f.peak), float64(n)/f.cpu().Seconds())
		if c.isPeer {
			peer = f
			fmt.Fprint(w, " |\n")
			continue
		}
		fmt.Fprintf(w, " %.2f, %.2f |\n", ms(f.wall)/ms(peer.wall), ms(f.cpu())/ms(peer.cpu()))
	}
	return nil
}

// written lists the files of a folder of workflows, as they are called from there, and how many bytes they have.
func written(dir string) (names []string, bytes int64, err error) {
	const folder = ".github/workflows"
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, 0, err
		}
		names, bytes = append(names, filepath.Join(folder, e.Name())), bytes+info.Size()
	}
	return names, bytes, err
}

// workflows returns n workflow files by path: of four kinds that repositories have, which differ in names, versions, matrix
// and steps, some with what both judges report. The same n gives the same bytes.
func workflows(n int) map[string]string {
	kinds := []func(int) string{testWorkflow, releaseWorkflow, commentWorkflow, calledWorkflow}
	files := make(map[string]string, n)
	for i := range n {
		files[path.Join(".github/workflows", fmt.Sprintf("w%05d.yml", i))] = kinds[i%len(kinds)](i)
	}
	return files
}

func testWorkflow(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: Test %d\non:\n  push:\n    branches: [main, \"release/%d.*\"]\n  pull_request:\n    paths-ignore: [\"docs/**\"]\npermissions:\n  contents: read\njobs:\n", i, i%9)
	for j := range 1 + i%4 {
		fmt.Fprintf(&b, `  test-%d:
    name: Test on ${{ matrix.os }} with ${{ matrix.version }}
    runs-on: ${{ matrix.os }}
    timeout-minutes: %d
    strategy:
      fail-fast: false
      matrix:
        os: [ubuntu-24.04, macos-15, windows-2025]
        version: ["1.%d", "1.%d"]
    steps:
      - uses: actions/checkout@%040x # v7.0.1
        with:
          persist-credentials: false
      - uses: actions/setup-go@v6
        with:
          go-version: ${{ matrix.version }}
      - name: Test
        shell: bash
        env:
          LEVEL: "%d"
        run: |
          set -euo pipefail
          go vet ./...
          if [ "$LEVEL" -gt 3 ]; then
            go test -race -count=1 -timeout=10m ./... | tee "out-$LEVEL.txt"
          fi
          echo "passed=$(grep -c '^ok' "out-$LEVEL.txt" || true)" >> "$GITHUB_OUTPUT"
      - name: Report
        if: ${{ always() && github.event_name == 'pull_request' }}
        run: echo "::notice::${{ github.head_ref }} on ${{ runner.os }}"
`, j, 10+i%20, 20+i%5, 21+i%5, i+1, i%7)
	}
	return b.String()
}

func releaseWorkflow(i int) string {
	return fmt.Sprintf(`name: Release %[1]d
on:
  push:
    tags: ["v[0-9]+.[0-9]+.[0-9]+"]
  workflow_dispatch:
    inputs:
      version:
        description: What to release
        required: true
        type: string
      dry:
        type: boolean
        default: true
permissions: {}
env:
  REGISTRY: ghcr.io
  IMAGE: ${{ github.repository }}
jobs:
  build:
    runs-on: ubuntu-24.04
    permissions:
      contents: write
      packages: write
      id-token: write
    outputs:
      digest: ${{ steps.push.outputs.digest }}
    services:
      registry:
        image: registry:2.%[2]d
        ports: ["5000:5000"]
    steps:
      - uses: actions/checkout@v6
      - uses: docker/setup-buildx-action@%040[1]x # v3.11.1
      - uses: docker/login-action@v3
        with:
          registry: ${{ env.REGISTRY }}
          username: ${{ github.actor }}
          password: ${{ secrets.GITHUB_TOKEN }}
      - id: version
        run: |
          version="${GITHUB_REF#refs/tags/v}"
          [[ "$version" =~ ^[0-9.]+$ ]] || version=0.0.%[2]d
          echo "version=$version" >> "$GITHUB_OUTPUT"
      - id: push
        uses: docker/build-push-action@%040[1]x # v6.18.0
        with:
          push: ${{ !inputs.dry }}
          tags: ${{ env.REGISTRY }}/${{ env.IMAGE }}:${{ steps.version.outputs.version }}
      - name: Announce
        run: |
          curl --fail --silent --show-error -X POST -H "Authorization: Bearer $TOKEN" -d "{\"version\": \"$VERSION\"}" https://example.com/hooks/%[1]d
        env:
          TOKEN: ${{ secrets.ANNOUNCE_TOKEN }}
          VERSION: ${{ steps.version.outputs.version }}
  verify:
    needs: build
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - run: cosign verify "ghcr.io/acme/tool-%[1]d@${{ needs.build.outputs.digest }}"
`, i, i%6)
}

func commentWorkflow(i int) string {
	return fmt.Sprintf(`name: Comment %[1]d
on:
  issue_comment:
    types: [created, edited]
  issues:
    types: [opened, labeled]
permissions:
  issues: write
jobs:
  answer:
    if: ${{ !github.event.issue.pull_request && (github.event_name == 'issues' || startsWith(github.event.comment.body, '/answer-%[2]d')) }}
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/github-script@%040[1]x # v8.0.0
        env:
          TITLE: ${{ github.event.issue.title }}
        with:
          script: |
            const title = process.env.TITLE
            const labels = %[2]d > 3 ? ['triage', 'area-%[2]d'] : ['triage']
            if (/^\[?(bug|feature)/i.test(title)) {
              await github.rest.issues.addLabels({ ...context.repo, issue_number: context.issue.number, labels })
            }
      - name: Greet
        run: |
          gh issue comment "${{ github.event.issue.number }}" --body "Thank you for ${{ github.event.issue.title }}"
        env:
          GH_TOKEN: ${{ github.token }}
`, i, i%8)
}

func calledWorkflow(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: Called %d\non:\n  workflow_call:\n    inputs:\n      target: {type: string, required: true}\n      parallel: {type: number, default: 2}\n    secrets:\n      KEY: {required: true}\npermissions: {}\njobs:\n", i)
	for j := range 2 + i%5 {
		fmt.Fprintf(&b, `  part-%[1]d:
    uses: ./.github/workflows/w%05[2]d.yml
    with:
      target: ${{ inputs.target }}-%[1]d
    secrets:
      KEY: ${{ secrets.KEY }}
  check-%[1]d:
    needs: [part-%[1]d]
    if: ${{ always() && needs.part-%[1]d.result != 'skipped' }}
    runs-on: ubuntu-24.04
    timeout-minutes: %[3]d
    permissions:
      contents: read
    steps:
      - name: Check
        env:
          TARGET: ${{ inputs.target }}
          RESULT: ${{ needs.part-%[1]d.result }}
        run: |
          case "$RESULT" in
            success) echo "$TARGET: fine" >> "$GITHUB_STEP_SUMMARY" ;;
            *) echo "$TARGET: $RESULT" >&2; exit 1 ;;
          esac
`, j, i-i%4+3, 3+i%9)
	}
	return b.String()
}
