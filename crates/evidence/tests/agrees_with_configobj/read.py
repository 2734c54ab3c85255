"""Reads each file as certbot does, and prints what it says on one line, or the line of the error."""

import sys

import configobj


def shown(text):
    return "".join("\\x%04x" % ord(letter) for letter in text)


def values(section):
    said = []
    for key in section.scalars:
        value = dict.__getitem__(section, key)
        if isinstance(value, list):
            said.append("%s=[%s]" % (shown(key), ",".join(map(shown, value))))
        else:
            said.append("%s=%s" % (shown(key), shown(value)))
    for name in section.sections:
        said.append("%s{%s}" % (shown(name), ";".join(values(section[name]))))
    return said


for path in sys.argv[1:]:
    try:
        read = configobj.ConfigObj(path, encoding="utf-8", default_encoding="utf-8")
    except configobj.ConfigObjError as error:
        print("line", error.errors[0].line_number)
    except UnicodeDecodeError:
        print("encoding")
    else:
        print(";".join(values(read)))
