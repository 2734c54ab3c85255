# nginx names a link to certbot's link, and nobody tells it to read what is new.
# renewal: works
# nginx: keeps the old certificate
# says: renewal-without-reload
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
rm /etc/letsencrypt/renewal-hooks/deploy/nginx
mkdir /etc/nginx/tls
ln -s /etc/letsencrypt/live/example.com/fullchain.pem /etc/nginx/tls/example.com.pem
ln -s /etc/letsencrypt/live/example.com/privkey.pem /etc/nginx/tls/example.com.key
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/nginx/tls/example.com.pem;
    ssl_certificate_key /etc/nginx/tls/example.com.key;
    root /var/www/html;
}
END
