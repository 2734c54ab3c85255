# nginx answers by itself, for a former account.
# message: challenge-answered-for-other-account
# today: gone
site <<'END'
server {
    listen 80;
    server_name example.com;
    location ~ ^/\.well-known/acme-challenge/([-_a-zA-Z0-9]+)$ {
        default_type text/plain;
        return 200 "$1.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI";
    }
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
