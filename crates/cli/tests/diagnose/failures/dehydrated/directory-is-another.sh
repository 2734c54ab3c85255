# nginx serves another directory than dehydrated writes to.
# message: challenge-answered-404
# today: stands
# rules: challenge-directory-wrong
# options: --token-dir /var/lib/dehydrated/acme-challenges
site <<'END'
server {
    listen 80;
    server_name example.com;
    location ^~ /.well-known/acme-challenge/ { alias /var/www/dehydrated/; }
}
END
mkdir -p /var/lib/dehydrated/acme-challenges
echo example.com >/etc/dehydrated/domains.txt
dehydrated --register --accept-terms >/dev/null 2>&1
dehydrated --cron
