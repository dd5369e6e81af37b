#!/usr/bin/python3
"""Makes the fixtures beside it: a Django site that has used dj-user-behavior.

The tables are made by Django itself from the three models of dj-user-behavior
1.0 and those of django.contrib.auth; so are the password hashes and the dump.

  apt-get install python3-django python3-psycopg2 python3-argon2 python3-bcrypt postgresql sqlite3
  /usr/bin/python3 make.py postgres://postgres@127.0.0.1:5432/site    # an empty database

writes site.sqlite.sql, site.postgres.sql and site.json.
"""

import datetime
import os
import subprocess
import sys
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
UTC = datetime.timezone.utc

MODELS = '''
from django.db import models

EVENTS = ["click", "scroll", "mouse_move", "form_submit", "input_change", "page_resize", "keypress", "hover"]

class UserSession(models.Model):
    session_id = models.CharField(max_length=255, unique=True)
    user_agent = models.TextField()
    ip_address = models.GenericIPAddressField()
    start_time = models.DateTimeField(auto_now_add=True)
    end_time = models.DateTimeField(null=True, blank=True)
    user_id = models.CharField(max_length=255, null=True, blank=True)

class PageView(models.Model):
    session = models.ForeignKey(UserSession, on_delete=models.CASCADE)
    url = models.URLField()
    timestamp = models.DateTimeField(auto_now_add=True)

class UserInteraction(models.Model):
    session = models.ForeignKey(UserSession, on_delete=models.CASCADE)
    event_type = models.CharField(max_length=50, choices=[(e, e) for e in EVENTS])
    element = models.TextField()
    metadata = models.JSONField(default=dict)
    timestamp = models.DateTimeField(auto_now_add=True)
'''


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def fill(database):
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from user_behavior.models import PageView, UserInteraction, UserSession

    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
    iphone = ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
              "Version/17.4 Mobile/15E148 Safari/604.1")
    for pk, name, agent, ip, start, end, user in [
        (1, "visit-1", firefox, "203.0.113.7", "2025-03-01T12:00:00", None, "2"),
        (2, "visit-2", iphone, "2001:db8::1", "2025-03-01T12:00:00.123456", "2025-03-01T12:30:00.5", None),
        (5, "Zoë's visit", "curl/8.5.0", "192.0.2.1", "2025-03-30T00:59:59.999999", None, "zoë"),
        (70, "visit-70", firefox, "203.0.113.7", "2024-12-31T23:59:59", "2025-01-01T00:10:00", ""),
    ]:
        UserSession.objects.using(database).create(
            pk=pk, session_id=name, user_agent=agent, ip_address=ip, end_time=end and at(end), user_id=user)
        UserSession.objects.using(database).filter(pk=pk).update(start_time=at(start))
    for pk, session, url, time in [
        (1, 1, "https://shop.example.com/", "2025-03-01T12:00:00.000001"),
        (2, 1, "https://shop.example.com/products?utm_source=news&page=2", "2025-03-01T12:01:00"),
        (9, 2, "https://shop.example.com/caf%C3%A9", "2025-03-01T12:00:01.5"),
        (10, 70, "http://localhost:8000/", "2025-01-01T00:00:00"),
    ]:
        PageView.objects.using(database).create(pk=pk, session_id=session, url=url)
        PageView.objects.using(database).filter(pk=pk).update(timestamp=at(time))
    for pk, session, event, element, metadata, time in [
        (1, 1, "click", "button#buy", {"x": 10, "y": 20.5, "tags": ["a", {"é": None}]}, "2025-03-01T12:00:30.25"),
        (2, 1, "scroll", "window", {}, "2025-03-01T12:00:31"),
        (3, 2, "keypress", "input[name=\"q\"]", [], "2025-03-01T12:00:32.000001"),
        (4, 2, "hover", "a", {"big": 12345678901234567890, "ok": True}, "2025-03-01T12:00:33"),
        (12, 5, "form_submit", "form \u2192 #1", "text", "2025-03-30T01:00:00"),
    ]:
        UserInteraction.objects.using(database).create(
            pk=pk, session_id=session, event_type=event, element=element, metadata=metadata)
        UserInteraction.objects.using(database).filter(pk=pk).update(timestamp=at(time))
    joined = at("2023-05-06T07:08:09.123456")
    for pk, name, hasher, staff, superuser, active, last in [
        (2, "root", "pbkdf2_sha256", True, True, True, "2025-02-03T04:05:06.789012"),
        (3, "erin", "pbkdf2_sha1", True, False, True, "2025-02-03T04:05:06"),
        (4, "alan", "argon2", False, False, True, None),
        (5, "olga", None, False, False, True, None),
        (6, "bert", "bcrypt_sha256", False, False, True, None),
        (7, "inactive", "pbkdf2_sha256", False, False, False, None),
        (90, "zoë@example.com", "pbkdf2_sha256", False, False, True, None),
    ]:
        password = make_password("correct horse " + name if hasher else None,
                                 salt=None if hasher == "bcrypt_sha256" else "saltOfTheUser" + str(pk), hasher=hasher or "default")
        User.objects.using(database).create(
            pk=pk, username=name, email=name.split("@")[0] + "@example.com", password=password, is_staff=staff,
            is_superuser=superuser, is_active=active, last_login=last and at(last), date_joined=joined)


def main(dsn):
    folder = tempfile.mkdtemp()
    os.mkdir(os.path.join(folder, "user_behavior"))
    open(os.path.join(folder, "user_behavior", "__init__.py"), "w").close()
    with open(os.path.join(folder, "user_behavior", "models.py"), "w") as f:
        f.write(MODELS)
    sys.path.insert(0, folder)
    server = urllib.parse.urlparse(dsn)
    file = os.path.join(folder, "db.sqlite3")
    import django
    from django.conf import settings
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "user_behavior"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True, SECRET_KEY="x",
        PASSWORD_HASHERS=["django.contrib.auth.hashers." + name for name in [
            "PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "Argon2PasswordHasher", "BCryptSHA256PasswordHasher"]],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": file},
            "server": {"ENGINE": "django.db.backends.postgresql", "NAME": server.path[1:], "USER": server.username,
                       "HOST": server.hostname, "PORT": server.port},
        })
    django.setup()
    from django.core.management import call_command
    for database in ["default", "server"]:
        call_command("migrate", database=database, run_syncdb=True, verbosity=0)
        fill(database)
    call_command("dumpdata", "user_behavior", "auth.user", indent=1, output=os.path.join(HERE, "site.json"))
    tables = ["auth_user", "user_behavior_usersession", "user_behavior_pageview", "user_behavior_userinteraction"]
    with open(os.path.join(HERE, "site.sqlite.sql"), "w") as f:
        subprocess.run(["sqlite3", file, ".dump " + " ".join(tables)], stdout=f, check=True)
    dump = subprocess.run(["pg_dump", "--inserts", "--no-owner", "--no-privileges", *["--table=" + t for t in tables], dsn],
                          capture_output=True, text=True, check=True).stdout
    with open(os.path.join(HERE, "site.postgres.sql"), "w") as f:
        # Without what is for psql alone, or would last longer than the statements.
        f.writelines(line + "\n" for line in dump.splitlines()
                     if line and not line.startswith(("--", "\\", "SET ", "SELECT pg_catalog.set_config")))


main(sys.argv[1])
