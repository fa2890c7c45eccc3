"""The section of docs/operations.md about contacts: a master key, a contact, another master key, an
erasure; and that the old key opens nothing any more.
"""
import json

from operations_words import ACCOUNT, check

URL = "https://hooks.example/kopeck"


def shown(machine):
    done = machine.run("--json", "contact", "show", ACCOUNT)
    return json.loads(done.stdout)["webhook_address"] if done.returncode == 0 else None


def contacts(machine):
    configuration = machine.place.path("etc", "notify.cfg")
    text, old = configuration.read_text(), machine.place.path("secret", "side_keys")
    check(str(old) in text, f"the configuration names its keys: {text}")
    file = machine.place.path("keys/secret", "side_keys")
    configuration.write_text(text.replace(str(old), str(file)))
    old.rename(file)
    machine.start()
    machine.follow()
    said = machine.follow()
    check("whsec_" in said and URL in said, f"a webhook with its secret: {said}")
    check(not machine.place.directory.joinpath("contact.txt").exists(), "and no file of it is left")
    first = file.read_text().strip()
    machine.follow()
    second = file.read_text().strip()
    check(first.startswith("1:") and second.startswith("2:") and " " not in second,
          "the new key is there alone")
    check(shown(machine) == URL, "and opens what the old one sealed")
    machine.follow()
    check(shown(machine) is None, "who is erased is not shown")
