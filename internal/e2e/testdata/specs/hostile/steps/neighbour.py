word = "python"
