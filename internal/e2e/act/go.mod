// Module act pins the version of act that build.sh patches and builds. It is a module
// of its own so that none of act's dependencies reach the module of the program.
module github.com/task-assistant/tasc/internal/e2e/act

go 1.26.0

require github.com/nektos/act v0.2.89
