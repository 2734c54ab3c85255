# The whole site has a password.
# message: challenge-answered-401
# today: stands
# rules: challenge-access-refused
# options: --webroot /var/www/html
echo 'a:{PLAIN}b' >/etc/nginx/users
site <<'END'
server {
    listen 80;
    server_name example.com;
    root /var/www/html;
    auth_basic shop;
    auth_basic_user_file users;
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
