# nginx -t over a brace too many.
# message: nginx-refuses-configuration
# today: stands
# rules: syntax-error
echo '}' >>/etc/nginx/sites-enabled/example.com
nginx -t
