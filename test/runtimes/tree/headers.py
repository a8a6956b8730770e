def parseHeader(line):
    name, value = line.split(":", 1)
    return name.strip(), value.strip()
