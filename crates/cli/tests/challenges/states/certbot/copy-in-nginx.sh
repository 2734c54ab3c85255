# nginx has a copy of the certificate.
# apart: as long as the copy is as new as the certificate, nobody can tell what makes it anew
# renewal: works
# nginx: keeps the old certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
mkdir /etc/nginx/tls
cp -L /etc/letsencrypt/live/example.com/*.pem /etc/nginx/tls/
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/nginx/tls/fullchain.pem;
    ssl_certificate_key /etc/nginx/tls/privkey.pem;
    root /var/www/html;
}
END
