import neighbour  # beside it in the tree

with open("words", "a") as f:
    f.write(neighbour.word + "\n")
