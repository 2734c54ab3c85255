# Only the office is let in.
# message: challenge-answered-403
# today: stands
# rules: challenge-access-refused
# options: --token-dir /var/lib/dehydrated/acme-challenges
site <<'END'
server {
    listen 80;
    server_name example.com;
    allow 192.0.2.0/24;
    deny all;
    location ^~ /.well-known/acme-challenge/ { alias /var/lib/dehydrated/acme-challenges/; }
}
END
mkdir -p /var/lib/dehydrated/acme-challenges
echo example.com >/etc/dehydrated/domains.txt
dehydrated --register --accept-terms >/dev/null 2>&1
dehydrated --cron
