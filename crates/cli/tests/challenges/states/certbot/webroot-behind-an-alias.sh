# An alias for the directory of the challenges, as some panels write it.
# renewal: works
# nginx: has the new certificate
# says:
mkdir -p /srv/acme/.well-known/acme-challenge
site <<'END'
server {
    listen 80;
    server_name example.com;
    location ^~ /.well-known/acme-challenge/ { alias /srv/acme/.well-known/acme-challenge/; }
}
END
certbot certonly --webroot --webroot-path /srv/acme --domain example.com
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    location ^~ /.well-known/acme-challenge/ { alias /srv/acme/.well-known/acme-challenge/; }
    root /var/www/html;
}
END
