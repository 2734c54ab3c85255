# nginx names a file of the archive, which stays as it is.
# renewal: works
# nginx: keeps the old certificate
# says: certificate-path-in-archive
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/archive/example.com/fullchain1.pem;
    ssl_certificate_key /etc/letsencrypt/archive/example.com/privkey1.pem;
    root /var/www/html;
}
END
