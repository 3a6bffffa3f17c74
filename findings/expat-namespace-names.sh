#!/usr/bin/env bash
# What was seen: expat 2.5.0 refuses some well-formed documents, depending on who asks it.
#
# A program that reads namespaces with expat chooses a separator, which expat puts between a namespace name and a local
# name. A document whose namespace name contains this character is a syntax error to that program, if no URI may have
# the character (RFC 3986). Namespaces in XML 1.0 knows no such fault, and libxml2 reads the document.
# ElementTree of Python has '}' as its separator, so it refuses a document that minidom, with a blank, reads, and the
# other way round. Whoever passes XML on to readers that he does not know has to allow for all separators.
#
# Versions: libexpat1 2.5.0-1+deb12u5, libxml2 2.9.14+dfsg-1.3~deb12u6 of Debian 12, with its Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download libexpat1=2.5.0-1+deb12u5 libxml2=2.9.14+dfsg-1.3~deb12u6 libxml2-utils=2.9.14+dfsg-1.3~deb12u6 \
  libicu72=72.1-3+deb12u1
for archive in *.deb; do dpkg -x "$archive" unpacked; done
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(printf '%s:' "$PWD"/unpacked/usr/lib/*-linux-gnu "$PWD"/unpacked/lib/*-linux-gnu)

cat >read.py <<'PYTHON'
import sys
import xml.dom.minidom
import xml.etree.ElementTree
from xml.parsers.expat import EXPAT_VERSION, ExpatError

readers = {"ElementTree": xml.etree.ElementTree.fromstring, "minidom": xml.dom.minidom.parseString}
print(EXPAT_VERSION)
for name in "urn:a}b", "urn:a b", "urn:a/b":
    for reader, read in readers.items():
        try:
            read(f"<x xmlns='{name}'/>")
            print(f"{name}: {reader} reads it")
        except (xml.etree.ElementTree.ParseError, ExpatError) as error:
            print(f"{name}: {reader} says {error}")
PYTHON
/usr/bin/python3 read.py | tee seen
for name in 'urn:a}b' 'urn:a b' 'urn:a/b'; do
  unpacked/usr/bin/xmllint --noout - <<<"<x xmlns='$name'/>" 2>/dev/null && echo "$name: libxml2 reads it"
done | tee -a seen

diff seen - <<'TEXT'
expat_2.5.0
urn:a}b: ElementTree says syntax error: line 1, column 0
urn:a}b: minidom reads it
urn:a b: ElementTree reads it
urn:a b: minidom says syntax error: line 1, column 0
urn:a/b: ElementTree reads it
urn:a/b: minidom reads it
urn:a}b: libxml2 reads it
urn:a b: libxml2 reads it
urn:a/b: libxml2 reads it
TEXT
echo "as seen before"
