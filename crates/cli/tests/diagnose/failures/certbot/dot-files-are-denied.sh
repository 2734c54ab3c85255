# A regular expression denies dot files.
# message: challenge-answered-403
# today: stands
# rules: challenge-taken-by-regex
# options: --webroot /var/www/html
site <<'END'
server {
    listen 80;
    server_name example.com;
    root /var/www/html;
    location ~ /\. { deny all; }
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
