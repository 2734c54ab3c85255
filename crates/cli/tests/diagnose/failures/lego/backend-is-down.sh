# Everything goes to a program that is down.
# message: challenge-answered-502
# today: stands
# rules: challenge-without-web-root
# options: --webroot /var/www/html
site <<'END'
server {
    listen 80;
    server_name example.com;
    location / { proxy_pass http://127.0.0.1:9999; }
}
END
lego --path /var/lib/lego --server https://acme-v02.api.letsencrypt.org:14000/dir \
    --email info@example.com --accept-tos --domains example.com --http --http.webroot /var/www/html run
