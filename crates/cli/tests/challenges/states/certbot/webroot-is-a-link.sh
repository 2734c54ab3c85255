# The web root is a link, and nginx follows it as certbot does.
# renewal: works
# nginx: has the new certificate
# says:
mkdir -p /var/www/releases/1 /var/www/releases/2
ln -s releases/1 /var/www/current
site <<'END'
server { listen 80; server_name example.com; root /var/www/current; }
END
certbot certonly --webroot --webroot-path /var/www/current --domain example.com
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
