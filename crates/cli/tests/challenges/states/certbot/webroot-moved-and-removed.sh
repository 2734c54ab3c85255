# The site was moved to another directory, and the old one is gone.
# renewal: 404
# nginx: keeps the old certificate
# says: challenge-directory-wrong
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
mv /var/www/html /var/www/site
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/site;
}
END
