"""Reads each file as certbot does, and prints what it says on one line, or the line of the error."""

import sys

import configobj


def shown(text):
    return "".join("\\x%04x" % ord(letter) for letter in text)


def raw(section, key):
    return dict.__getitem__(section, key)


def interpolated(section, key):
    return section[key]


def values(section, get):
    said = []
    for key in section.scalars:
        value = get(section, key)
        if isinstance(value, list):
            said.append("%s=[%s]" % (shown(key), ",".join(map(shown, value))))
        else:
            said.append("%s=%s" % (shown(key), shown(value)))
    for name in section.sections:
        said.append("%s{%s}" % (shown(name), ";".join(values(section[name], get))))
    return said


for path in sys.argv[1:]:
    try:
        read = configobj.ConfigObj(path, encoding="utf-8", default_encoding="utf-8")
    except configobj.ConfigObjError as error:
        print("line", error.errors[0].line_number)
    except UnicodeDecodeError:
        print("encoding")
    else:
        said = ";".join(values(read, raw))
        try:
            print(said + "|" + ";".join(values(read, interpolated)))
        except (configobj.ConfigObjError, AttributeError, TypeError):
            print(said + "|refused")
