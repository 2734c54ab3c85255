# The port speaks TLS.
# message: challenge-answered-400
# today: stands
# rules: challenge-stopped-by-tls
# options: --webroot /var/www/html
openssl req -x509 -newkey rsa:2048 -nodes -keyout /etc/ssl/site.key -out /etc/ssl/site.pem -days 30 \
    -subj /CN=example.com -addext subjectAltName=DNS:example.com >/dev/null 2>&1
site <<'END'
server {
    listen 80 ssl;
    server_name example.com;
    ssl_certificate /etc/ssl/site.pem;
    ssl_certificate_key /etc/ssl/site.key;
    root /var/www/html;
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
