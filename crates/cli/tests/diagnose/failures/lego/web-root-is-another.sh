# nginx serves another directory than lego writes to.
# message: challenge-answered-404
# today: stands
# rules: challenge-directory-wrong
# options: --webroot /var/www/html
mkdir -p /var/www/site
site <<'END'
server {
    listen 80;
    server_name example.com;
    root /var/www/site;
}
END
lego --path /var/lib/lego --server https://acme-v02.api.letsencrypt.org:14000/dir \
    --email info@example.com --accept-tos --domains example.com --http --http.webroot /var/www/html run
