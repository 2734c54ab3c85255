# nginx -t over a key that does not fit.
# message: key-of-other-certificate
# today: stands
# rules: certificate-key-mismatched
openssl req -x509 -newkey rsa:2048 -nodes -keyout /etc/ssl/site.key -out /etc/ssl/site.pem -days 30 \
    -subj /CN=example.com -addext subjectAltName=DNS:example.com >/dev/null 2>&1
openssl genrsa -out /etc/ssl/site.key 2048 2>/dev/null
cat >/etc/nginx/sites-enabled/example.com <<'END'
server {
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/ssl/site.pem;
    ssl_certificate_key /etc/ssl/site.key;
}
END
nginx -t
