# Nobody reloads nginx.
# renewal: works
# nginx: keeps the old certificate
# says: renewal-without-reload
mkdir -p /var/lib/dehydrated/acme-challenges
site <<'END'
server {
    listen 80;
    server_name example.com;
    location ^~ /.well-known/acme-challenge/ { alias /var/lib/dehydrated/acme-challenges/; }
}
END
echo example.com >/etc/dehydrated/domains.txt
dehydrated --register --accept-terms
dehydrated --cron
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /var/lib/dehydrated/certs/example.com/fullchain.pem;
    ssl_certificate_key /var/lib/dehydrated/certs/example.com/privkey.pem;
    location ^~ /.well-known/acme-challenge/ { alias /var/lib/dehydrated/acme-challenges/; }
}
END
