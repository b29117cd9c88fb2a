words() { echo bash; }
