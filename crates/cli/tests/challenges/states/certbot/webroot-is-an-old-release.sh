# certbot keeps to the release that was current when the certificate was issued.
# renewal: 404
# nginx: keeps the old certificate
# says: challenge-directory-wrong
mkdir -p /var/www/releases/1 /var/www/releases/2
ln -s releases/1 /var/www/current
site <<'END'
server { listen 80; server_name example.com; root /var/www/current; }
END
certbot certonly --webroot --webroot-path /var/www/releases/1 --domain example.com
ln -sfn releases/2 /var/www/current
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/current;
}
END
