module github.com/task-assistant/tasc/internal/runner

go 1.24
