# nginx -t over a certificate in another format.
# message: certificate-file-has-no-pem
# today: stands
# rules: certificate-not-pem
openssl req -x509 -newkey rsa:2048 -nodes -keyout /etc/ssl/site.key -out /etc/ssl/site.pem -days 30 \
    -subj /CN=example.com -addext subjectAltName=DNS:example.com >/dev/null 2>&1
openssl x509 -in /etc/ssl/site.pem -outform der -out /etc/ssl/site.der
cat >/etc/nginx/sites-enabled/example.com <<'END'
server {
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/ssl/site.der;
    ssl_certificate_key /etc/ssl/site.key;
}
END
nginx -t
